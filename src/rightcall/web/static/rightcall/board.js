// The board: follows what changes, draws rows anew, moves by keyboard. Without this script every link and form still works.
import { run, say as said } from './clock.js'

const BEAT_LOST = 6000
const area = document.querySelector('.columns')
const link = document.getElementById('link')
const calls = document.getElementById('calls')
const detail = document.getElementById('detail')
let since = area.dataset.since
let heard = performance.now()
let skew = 0
let waiting = new Set()
let timer = null
let busy = false
let leaving = false

const chosen = () => detail.querySelector('[data-detail]')?.dataset.detail

function tick () {
  run(Date.now() + skew)
  const stale = performance.now() - heard > BEAT_LOST
  said(link, stale)
  document.body.classList.toggle('stale', stale)
}

async function draw () {
  if (busy) return
  busy = true
  const asked = [...waiting].slice(0, 200)
  asked.forEach((each) => waiting.delete(each))
  try {
    const answer = await fetch('/board/rows/?calls=' + asked.join(','), { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(String(answer.status))
    const told = await answer.json()
    skew = Date.parse(told.now) - Date.now()
    for (const [id, html] of Object.entries(told.calls)) replace('call-' + id, html)
    arrange(told.order)
    keepFocus(() => { document.getElementById('units').innerHTML = told.units })
    document.getElementById('summary').innerHTML = told.summary
    document.getElementById('no-calls').hidden = told.order.length > 0
    points(told.map)
    if (chosen() && (asked.includes(chosen()) || told.calls[chosen()] === null)) await open(chosen(), false)
    mark()
  } catch {
    asked.forEach((each) => waiting.add(each))
    setTimeout(later, 1000)
  }
  busy = false
  if (waiting.size) later()
}

function later () {
  clearTimeout(timer)
  timer = setTimeout(draw, 60)
}

function replace (id, html) {
  const old = document.getElementById(id)
  if (html === null) { old?.remove(); return }
  const made = document.createElement('template')
  made.innerHTML = html.trim()
  const fresh = made.content.firstElementChild
  const focused = old?.contains(document.activeElement)
  if (old) old.replaceWith(fresh)
  else calls.append(fresh)
  if (focused) fresh.querySelector('a')?.focus()
}

function arrange (order) {
  for (const each of [...calls.children]) if (!order.includes(each.dataset.call)) each.remove()
  order.forEach((id, place) => {
    const row = document.getElementById('call-' + id)
    if (!row) { waiting.add(id); later() } else if (calls.children[place] !== row) {
      const focused = row.contains(document.activeElement) ? document.activeElement : null
      calls.insertBefore(row, calls.children[place] ?? null)
      focused?.focus()
    }
  })
}

function keepFocus (change) {
  const id = document.activeElement?.closest('[id]')?.id
  change()
  if (id && !document.contains(document.activeElement)) document.getElementById(id)?.focus()
}

async function open (id, move = true) {
  const answer = await fetch(`/board/call/${id}/`)
  if (!answer.ok) { detail.replaceChildren(); return }
  const typing = detail.contains(document.activeElement) && ['INPUT', 'SELECT', 'TEXTAREA'].includes(document.activeElement.tagName)
  if (typing && !move) return
  const html = await answer.text()
  keepFocus(() => { detail.innerHTML = html })
  if (move) { history.replaceState(null, '', '/board/?call=' + id); detail.focus() }
  mark()
}

function mark () {
  for (const each of calls.children) each.classList.toggle('chosen', each.dataset.call === chosen())
  tick()
}

document.addEventListener('click', (event) => {
  const row = event.target.closest('.row a.open')
  const other = event.target.closest('[data-open]')
  if ((row || other) && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    open(row ? row.closest('.row').dataset.call : other.dataset.open)
  }
})

document.addEventListener('submit', async (event) => {
  const form = event.target
  if (!form.closest('#detail, #units')) return
  event.preventDefault()
  const body = new FormData(form, event.submitter)
  for (const button of form.querySelectorAll('button')) button.disabled = true
  const id = chosen()
  try {
    const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } })
    if (answer.ok) { if (id) waiting.add(id); later(); if (id) await open(id, false) } else {
      const told = await answer.json().catch(() => ({ problems: [{ what: answer.statusText, mend: '' }] }))
      say(form, told.problems.map((each) => `${each.what} ${each.mend}`).join(' '))
    }
  } catch {
    say(form, link.dataset.stale)
  }
  for (const button of form.querySelectorAll('button')) button.disabled = false
})

function say (form, text) {
  let told = form.parentElement.querySelector('.problem')
  if (!told) { told = document.createElement('p'); told.className = 'problem'; told.setAttribute('role', 'alert'); form.after(told) }
  told.textContent = text
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || ['INPUT', 'SELECT', 'TEXTAREA'].includes(event.target.tagName)) return
  // What is typed for the form of a new call before it opens must not assign a unit here.
  if (event.key === 'Escape') leaving = false
  if (leaving) return
  const rows = [...calls.querySelectorAll('a.open')]
  const here = rows.indexOf(document.activeElement)
  if (event.key === 'j' || event.key === 'k') {
    const at = here < 0 ? rows.findIndex((each) => each.closest('.row').dataset.call === chosen()) : here
    rows[Math.min(rows.length - 1, Math.max(0, at + (event.key === 'j' ? 1 : -1)))]?.focus()
  } else if (event.key === 'n') {
    const form = document.querySelector('a[accesskey=n]')
    leaving = form !== null
    form?.click()
  } else if (['y', 'x', 'a'].includes(event.key)) detail.querySelector(`button[accesskey=${event.key}]`)?.click()
  else return
  event.preventDefault()
})

function follow () {
  const source = new EventSource('/live?since=' + since)
  const alive = () => { heard = performance.now() }
  source.addEventListener('beat', (event) => { alive(); since = event.lastEventId || since })
  source.addEventListener('changed', (event) => {
    alive()
    since = event.lastEventId || since
    for (const id of JSON.parse(event.data).call ?? []) waiting.add(id)
    later()
  })
  source.addEventListener('anew', () => { alive(); for (const each of calls.children) waiting.add(each.dataset.call); later() })
  source.addEventListener('open', alive)
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 1500)
  })
}

const APART = 30
let map = null
let drawn = null
let shown = []
function points (told) {
  shown = told
  if (!map) return
  drawn.clearLayers()
  // Pins that would cover each other are one, with their number: each can be hit, and is as large as a finger needs.
  const groups = []
  for (const each of told) {
    const at = map.latLngToContainerPoint([each.lat, each.lon])
    const near = groups.find((group) => group.kind === each.kind && group.at.distanceTo(at) < APART)
    if (near) near.held.push(each)
    else groups.push({ kind: each.kind, at: groups.some((group) => group.at.distanceTo(at) < APART) ? at.add([APART, 0]) : at, held: [each] })
  }
  for (const group of groups) {
    const worst = group.held.find((each) => each.alarm === 'late') ?? group.held.find((each) => each.waits) ?? group.held[0]
    const name = group.held.length > 1 ? String(group.held.length) : group.kind === 'unit' ? worst.name : '●'
    const title = group.held.map((each) => `${each.name} ${each.said ?? ''}`).join(', ')
    const icon = L.divIcon({ className: `pin ${group.kind} ${worst.alarm} ${worst.waits ? 'waits' : ''}`, html: name, iconSize: null })
    const pin = L.marker(map.containerPointToLatLng(group.at), { icon, keyboard: group.kind === 'call', interactive: group.kind === 'call', title, alt: title })
    if (group.kind === 'call') pin.on('click', () => open(worst.id)).on('keypress', (event) => { if (event.originalEvent.key === 'Enter') open(worst.id) })
    pin.addTo(drawn)
  }
}

async function drawMap () {
  const script = document.createElement('script')
  script.src = '/static/leaflet/leaflet.js'
  script.onload = async () => {
    map = L.map('map', { attributionControl: false, zoomControl: true }).setView([0, 0], 2)
    drawn = L.layerGroup().addTo(map)
    const told = JSON.parse(document.getElementById('points').textContent)
    const areas = await fetch('/board/areas/').then((answer) => answer.ok ? answer.json() : null).catch(() => null)
    const ink = getComputedStyle(document.documentElement).getPropertyValue('--soft')
    const shape = areas?.features.length ? L.geoJSON(areas, { style: { color: ink, weight: 1, fillOpacity: .04 }, interactive: false }).addTo(map) : null
    map.on('zoomend', () => points(shown))
    const bounds = shape?.getBounds() ?? L.latLngBounds(told.map((each) => [each.lat, each.lon]))
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [8, 8], maxZoom: 14, animate: false })
    points(shown.length ? shown : told)
  }
  document.head.append(script)
}

addEventListener('pageshow', () => { leaving = false })
mark()
setInterval(tick, 1000)
// What is late becomes so by the clock alone.
setInterval(later, 10000)
follow()
drawMap()

// Clocks that run on a page: since when, and until when.
export function clock (seconds) {
  const late = seconds < 0
  const whole = Math.floor(Math.abs(seconds))
  const h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, s = whole % 60
  const two = (n) => String(n).padStart(2, '0')
  return (late ? '−' : '') + (h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`)
}

export function run (now) {
  for (const each of document.querySelectorAll('[data-clock]')) {
    each.textContent = clock((now - Date.parse(each.dataset.clock)) / 1000)
    if (each.dataset.limit) each.classList.toggle('over', now >= Date.parse(each.dataset.limit))
  }
  for (const each of document.querySelectorAll('[data-until]')) {
    const left = (Date.parse(each.dataset.until) - now) / 1000
    each.textContent = clock(left)
    each.classList.toggle('over', left < 0)
  }
}

export function say (link, stale) {
  link.className = 'link ' + (stale ? 'stale' : 'live')
  const said = stale ? link.dataset.stale : link.dataset.live
  if (link.textContent !== said) link.textContent = said
}

// A crew's page: clocks run, and what changed is shown at once, or offered where something is being written.
// Without this script every link and form still works.
import { run, say } from './clock.js'

const EVERY = 3000
const LOST = 10000
const crew = document.getElementById('crew')
const link = document.getElementById('link')
const skew = Date.parse(crew.dataset.now) - Date.now()
let heard = performance.now()
let touched = false

document.addEventListener('input', () => { touched = true })

function tick () {
  run(Date.now() + skew)
  say(link, performance.now() - heard > LOST)
}

async function look () {
  try {
    const answer = await fetch('/crew/stamp/', { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(String(answer.status))
    const told = await answer.json()
    heard = performance.now()
    if (told.stamp !== crew.dataset.stamp) {
      if (touched) document.getElementById('changed').hidden = false
      else location.reload()
    }
  } catch { /* the page says that it is not live */ }
  setTimeout(look, EVERY)
}

tick()
setInterval(tick, 1000)
setTimeout(look, EVERY)

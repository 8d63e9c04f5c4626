// On a phone a row of a table is a card; each cell then says what its column is called.
for (const table of document.querySelectorAll('.scroll table:not(.week)')) {
  const names = [...table.querySelectorAll('thead th')].map((each) => each.textContent)
  for (const row of table.tBodies[0]?.rows ?? []) [...row.cells].forEach((cell, place) => { cell.dataset.name = names[place] ?? '' })
  table.classList.add('cards')
}

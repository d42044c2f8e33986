import t from 'tap'
import { placementAfter, type Placement } from '../../src/storage/product-documents.js'

t.test('the last moves of a product are remembered one by one, and older ones by audience', async t => {
  let placement: Placement | undefined
  const names = ['a', 'b', 'c']
  for (let seq = 1; seq <= 120; seq++) placement = placementAfter(placement, names[seq % 3] as string, { seq, at: new Date(seq) })
  const stays = placement?.formerAudiences ?? []
  t.equal(stays.length, 53, '119 stays have ended')
  t.same(stays.slice(3).map(({ since, until }) => [since, until]), Array.from({ length: 50 }, (_, index) => [index + 70, index + 71]))
  t.same(stays.slice(0, 3).map(({ audience, since, until }) => [audience, since, until]), [['b', 1, 68], ['c', 2, 69], ['a', 3, 70]], 'from the first time to the last')
})

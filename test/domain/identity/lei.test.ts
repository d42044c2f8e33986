import t from 'tap'
import { isLei } from '../../../src/domain/identity/lei.js'

t.test('the check digits of an LEI', async t => {
  for (const lei of ['529900T8BM49AURSDO55', '5493001KJTIIGC8Y1R12']) t.ok(isLei(lei), lei)
  for (const text of ['529900T8BM49AURSDO56', '529900T8BM49AURSOD55', '529900T8BM49AURSDO5', '529900t8bm49aursdo55', '']) t.notOk(isLei(text), text)
})

import fc from 'fast-check'
import t from 'tap'
import { addYears, dayAfter, firstDayOf, isRealPartialDate, lastDayOf } from '../../src/domain/dates.js'
import { holds } from '../support/properties.js'

const days = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9998-12-31T00:00:00Z'), noInvalidDate: true })
  .map(date => date.toISOString().slice(0, 10))

t.test('a partial date stands for all days of its period', async t => {
  holds(t, fc.property(days, fc.constantFrom(4, 7, 10), (day, precision) => {
    const partial = day.slice(0, precision)
    const [first, last] = [firstDayOf(partial), lastDayOf(partial)]
    return first <= day && day <= last && first.startsWith(partial) && last.startsWith(partial) && !dayAfter(last).startsWith(partial)
  }), { numRuns: 1000 })
  t.equal(lastDayOf('2024-02'), '2024-02-29')
  t.equal(lastDayOf('1900-02'), '1900-02-28')
})

t.test('every day of the calendar is real, and no other', async t => {
  holds(t, fc.property(days, day => isRealPartialDate(day)))
  for (const partial of ['2026', '2026-02', '2024-02-29', '2000-02-29', '0000-02-29']) t.ok(isRealPartialDate(partial), partial)
  for (const day of ['2026-02-29', '2026-02-31', '1900-02-29', '2026-04-31']) t.notOk(isRealPartialDate(day), day)
})

t.test('the same day in another year, and 28 February for a leap day', async t => {
  t.equal(addYears('2023-05-31', 3), '2026-05-31')
  t.equal(addYears('2024-02-29', 3), '2027-02-28')
  t.equal(addYears('2024-02-29', 4), '2028-02-29')
  t.equal(addYears('9998-12-31', 3), '9999-12-31')
  holds(t, fc.property(days, day => isRealPartialDate(addYears(day, 3)) && addYears(day, 3).length === 10))
})

t.test('the day after follows the calendar', async t => {
  t.equal(dayAfter('2024-02-28'), '2024-02-29')
  t.equal(dayAfter('2026-12-31'), '2027-01-01')
  t.equal(dayAfter('9999-12-31'), '9999-12-31')
})

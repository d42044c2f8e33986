/**
 * Calendar dates as the text of ISO 8601, YYYY-MM-DD, which compares correctly as text. A partial date (YYYY or YYYY-MM) stands
 * for every day of its year or month.
 */

const LAST_DATE = '9999-12-31'

const DAYS_OF_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Arithmetic instead of Date, because it runs for every record. */
function daysInMonth (year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && isLeapYear ? 29 : DAYS_OF_MONTHS[month - 1]!
}

/** True when the day exists; the month has been checked by the schema. A date without a day always exists. */
export function isRealPartialDate (text: string): boolean {
  if (text.length < 10) return true
  return Number(text.slice(8)) <= daysInMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)))
}

/** First day of the period that a partial date names. */
export function firstDayOf (partialDate: string): string {
  return partialDate + '0000-01-01'.slice(partialDate.length)
}

/** Last day of the period that a partial date names. */
export function lastDayOf (partialDate: string): string {
  if (partialDate.length === 10) return partialDate
  const month = partialDate.slice(5) || '12'
  return `${partialDate.slice(0, 4)}-${month}-${daysInMonth(Number(partialDate.slice(0, 4)), Number(month))}`
}

/** The same day in another year; 29 February becomes the 28th where there is none. Never after the year 9999. */
export function addYears (date: string, years: number): string {
  const year = Number(date.slice(0, 4)) + years
  if (year > 9999) return LAST_DATE
  const day = Math.min(Number(date.slice(8)), daysInMonth(year, Number(date.slice(5, 7))))
  return `${String(year).padStart(4, '0')}-${date.slice(5, 7)}-${String(day).padStart(2, '0')}`
}

export function dayAfter (date: string): string {
  if (date === LAST_DATE) return date
  const next = new Date(`${date}T00:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  return next.toISOString().slice(0, 10)
}

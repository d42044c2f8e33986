/**
 * One row of Boavizta's data set of published product footprints as a record of schema version 1.0.0.
 *
 * The row is translated, not judged: what cannot be read as a number, a date or a known word is handed on as it stands, so that
 * validation refuses it and names the place. What the data set marks as "not published" (an empty cell, an error or a screen of
 * size 0, a place called `default`) becomes an absent field, never a zero.
 */
import { createHash } from 'node:crypto'
import { roundNumber } from '../../domain/numbers.js'

/** The columns that are read, as the data set names them; the others are ignored. */
export const BOAVIZTA_COLUMNS = [
  'manufacturer', 'name', 'subcategory', 'gwp_total', 'gwp_use_ratio', 'yearly_tec', 'lifetime', 'use_location', 'report_date', 'sources',
  'gwp_error_ratio', 'gwp_manufacturing_ratio', 'weight', 'assembly_location', 'screen_size', 'server_type', 'hard_drive', 'memory',
  'number_cpu', 'height', 'added_date', 'add_method', 'gwp_transport_ratio', 'gwp_eol_ratio'
] as const

/** One row: every cell as text, empty where nothing was published. */
export type BoaviztaRow = Readonly<Record<typeof BOAVIZTA_COLUMNS[number], string>>

/** A record that validation has not seen yet. */
export type CandidateRecord = Readonly<Record<string, unknown>>

/** What the data set does not state and the mapping therefore assumes; shown in every load report. */
export const BOAVIZTA_ASSUMPTIONS: readonly string[] = [
  'Every footprint is taken to cover the whole life cycle (systemBoundary cradleToGrave) of one piece.',
  'The method is taken to be PAIA for Dell, Lenovo and HP, and is given as "other" for all the rest.',
  'Every figure is taken to be declared by the manufacturer itself (assuranceLevel selfDeclared).',
  'Every figure is taken to be an estimate (dataQuality.basis estimated).'
]

const PAIA_MANUFACTURERS = new Set(['Dell', 'Lenovo', 'HP'])

const CATEGORIES: Readonly<Record<string, string>> = {
  laptop: 'laptop',
  monitor: 'monitor',
  desktop: 'desktop',
  server: 'server',
  smartphone: 'smartphone',
  iot: 'iotDevice',
  tablet: 'tablet',
  'thin client': 'thinClient',
  printer: 'printer',
  'hard drive': 'storageDrive',
  gaming: 'gamingConsole',
  workstation: 'workstation',
  multimedia: 'multimediaDevice',
  entertainment: 'multimediaDevice',
  entertainmentt: 'multimediaDevice',
  network: 'networkEquipment',
  converged: 'convergedSystem',
  'converged edge': 'convergedSystem',
  'san/nas': 'storageSystem'
}

/** Country codes of ISO 3166-1 and region codes of UN M49. */
const LOCATIONS: Readonly<Record<string, string>> = {
  EU: 'EU', US: 'US', CN: 'CN', China: 'CN', KR: 'KR', Asia: '142', 'North America': '003', WW: '001', Worldwide: '001'
}

const MONTHS = [
  'january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'
]

export function mapBoaviztaRow (row: BoaviztaRow): CandidateRecord {
  const manufacturer = tidy(row.manufacturer)
  const name = tidy(row.name)
  const total = number(row.gwp_total)
  const documentDate = boaviztaDocumentDate(row)
  const configuration = present({
    screenSizeInches: unlessZero(number(row.screen_size)),
    memoryGb: number(row.memory),
    storageDescription: storage(row.hard_drive),
    cpuCount: number(row.number_cpu),
    rackUnits: number(row.height),
    formFactor: text(row.server_type)
  })
  const stages = present({
    manufacturingKgCo2e: share(row.gwp_manufacturing_ratio, total),
    transportKgCo2e: share(row.gwp_transport_ratio, total),
    useKgCo2e: share(row.gwp_use_ratio, total),
    endOfLifeKgCo2e: share(row.gwp_eol_ratio, total)
  })
  const margin = unlessZero(share(row.gwp_error_ratio, total))
  const usePhase = present({
    lifetimeYears: number(row.lifetime),
    energyUseKwhPerYear: number(row.yearly_tec),
    useLocation: location(row.use_location)
  })

  return {
    schemaVersion: '1.0.0',
    product: present({
      manufacturerName: manufacturer,
      manufacturerPartNumber: boaviztaPartNumber(row),
      modelName: name,
      category: CATEGORIES[tidy(row.subcategory).toLowerCase()] ?? row.subcategory,
      granularity: 'model',
      massKg: number(row.weight),
      configuration
    }),
    validFrom: firstDay(documentDate),
    carbonFootprint: present({
      provenance: {
        sourceDocumentUri: row.sources.trim(),
        documentDate,
        collectionMethod: row.add_method.trim() === 'Manual' ? 'manualEntry' : 'documentExtraction',
        assuranceLevel: 'selfDeclared',
        dataQuality: { basis: 'estimated' }
      },
      totalKgCo2e: total,
      declaredUnit: 'piece',
      systemBoundary: 'cradleToGrave',
      methodology: PAIA_MANUFACTURERS.has(manufacturer) ? 'paia' : 'other',
      stages,
      uncertainty: margin === undefined ? undefined : { type: 'unspecifiedMargin', marginKgCo2e: margin },
      usePhase,
      assemblyLocation: location(row.assembly_location)
    })
  }
}

/**
 * The data set has no part numbers; this stands in for one. It depends on the manufacturer and the name alone, so the same product
 * keeps its key whichever sheet the row comes from.
 */
export function boaviztaPartNumber (row: BoaviztaRow): string {
  const key = `${tidy(row.manufacturer)}|${tidy(row.name)}`
  return `BOA-${createHash('sha1').update(key).digest('hex').slice(0, 12)}`
}

/** The date of the manufacturer's sheet with the precision it was given in; where none was given, the day the row was added. */
export function boaviztaDocumentDate (row: BoaviztaRow): string {
  const date = text(row.report_date) ?? text(row.added_date) ?? ''
  return partialDate(date) ?? date
}

/** Sorts rows of one product as text: by the date of the sheet, then by the day the row was added. Later means newer. */
export function boaviztaAge (row: BoaviztaRow): string {
  return `${firstDay(boaviztaDocumentDate(row))} ${partialDate(tidy(row.added_date)) ?? ''}`
}

/** Manufacturer and name, for people; many names begin with the manufacturer. */
export function boaviztaProductName (row: BoaviztaRow): string {
  const [manufacturer, name] = [tidy(row.manufacturer), tidy(row.name)]
  return name.startsWith(`${manufacturer} `) ? name : `${manufacturer} ${name}`
}

/** Reads every shape of date in the data set as an ISO 8601 date of reduced precision; `undefined` for an unknown one. */
function partialDate (date: string): string | undefined {
  const iso = /^(\d{4})(?:-(\d{1,2})-(\d{1,2}))?$/.exec(date)
  if (iso?.[1] !== undefined) return [iso[1], iso[2], iso[3]].filter(part => part !== undefined).map(twoDigits).join('-')
  const dayFirst = /^(\d{2})[-/](\d{2})[-/](\d{4})$/.exec(date)
  if (dayFirst !== null) return `${dayFirst[3]}-${dayFirst[2]}-${dayFirst[1]}`
  const worded = /^([A-Za-z]{3,9})\.?(?: (\d{1,2}),?)? (\d{4})$/.exec(date)
  const word = worded?.[1]?.toLowerCase() ?? ''
  const month = MONTHS.findIndex(name => word === name || word === name.slice(0, 3))
  if (worded === null || month < 0) return undefined
  return [worded[3] ?? '', String(month + 1), worded[2]].filter(part => part !== undefined).map(twoDigits).join('-')
}

function twoDigits (part: string): string {
  return part.padStart(2, '0')
}

function firstDay (date: string): string {
  if (/^\d{4}$/.test(date)) return `${date}-01-01`
  return /^\d{4}-\d{2}$/.test(date) ? `${date}-01` : date
}

/** Text with plain, single spaces and none at its ends. */
function tidy (cell: string): string {
  return cell.normalize('NFC').replace(/\s+/g, ' ').trim()
}

function text (cell: string): string | undefined {
  return tidy(cell) === '' ? undefined : tidy(cell)
}

function number (cell: string): number | string | undefined {
  const trimmed = cell.trim()
  if (trimmed === '') return undefined
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed
}

/** The data set holds fractions of the total (0 to 1), with noise such as 0.45299999999999996; a record holds kilograms. */
function share (cell: string, total: number | string | undefined): number | string | undefined {
  const ratio = number(cell)
  return typeof ratio === 'number' && typeof total === 'number' ? roundNumber(ratio * total) : ratio
}

function unlessZero (value: number | string | undefined): number | string | undefined {
  return value === 0 ? undefined : value
}

function location (cell: string): string | undefined {
  const place = tidy(cell)
  return place === '' || place === 'default' ? undefined : LOCATIONS[place] ?? place
}

/** The column also holds the speed of printers, which is no storage. */
function storage (cell: string): string | undefined {
  return /^\d+ppm/.test(cell.trim()) ? undefined : text(cell)
}

/** The same object without the fields that have no value and the objects that have no field. */
function present (fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) =>
    value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0)))
}

/** The report of one load of Boavizta's data, for the person who ran it. */
import { BOAVIZTA_ASSUMPTIONS } from './boavizta-mapping.js'
import type { BoaviztaLoad } from './load-boavizta.js'
import { renderSummary, section } from './load-tally.js'

const LICENCE = [
  'Boavizta, environmental-footprint-data, https://github.com/Boavizta/environmental-footprint-data',
  'Database: Open Database License 1.0, https://opendatacommons.org/licenses/odbl/1-0/',
  'Contents: Database Contents License 1.0, https://opendatacommons.org/licenses/dbcl/1-0/',
  'Name the source where you show these data. A database that you publish and that is derived from them is to be offered under the',
  'Open Database License too. Boavizta recommends against using the data for precise evaluations or to compare manufacturers.'
]

export function renderBoaviztaReport (path: string, load: BoaviztaLoad): string {
  return [
    `Boavizta data from ${path}`,
    '',
    ...renderSummary(load),
    ...section('Products named by more than one row; the row with the newest sheet, given last, is the current version',
      load.repeated.map(({ product, lines }) => `${product}: lines ${lines.join(', ')}`)),
    ...section('Left out, because the manufacturer publishes its own records',
      load.leftOut.map(({ manufacturer, organizationName }) => `${manufacturer}: ${organizationName}`)),
    ...section('Published by organisations that stand in for the manufacturers',
      load.standIns.map(({ name, organizationId }) => `${name}: ${organizationId}`)),
    ...section('Assumptions, because the data do not say', BOAVIZTA_ASSUMPTIONS),
    ...section('Licence and attribution', LICENCE),
    ''
  ].join('\n')
}

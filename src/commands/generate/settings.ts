/** The settings as README.md's table and as `.env.example`, both written from the descriptions in `src/config.ts`. */
import { describedSettings } from '../../config.js'

const START = '<!-- settings: generated from src/config.ts by "npm run generate" -->'
const END = '<!-- end of settings -->'

/** README.md with the table between its two marker lines renewed; everything else stays as it is. */
export function readmeWithSettings (readme: string): string {
  const start = readme.indexOf(START)
  const end = readme.indexOf(END, start)
  if (start === -1 || end === -1) throw new Error(`README.md must hold the line ${START} and after it the line ${END}`)
  return `${readme.slice(0, start + START.length)}\n\n${settingsTable()}\n${readme.slice(end)}`
}

/** A file to copy to `.env`: every setting is there, commented out, with its default or an example. */
export function envExample (): string {
  const head = '# Copy this file to .env and change what you need; variables of the environment win over it.\n' +
    '# Written by "npm run generate" from src/config.ts.\n'
  const blocks = describedSettings.map(([name, { description, default: standard, unset, examples }]) => {
    const remark = standard === undefined ? `\n# Not set: ${plain(unset ?? '')}.` : ''
    return `\n# ${plain(description)}${remark}\n# ${name}=${standard ?? examples?.[0] ?? ''}\n`
  })
  return head + blocks.join('')
}

function settingsTable (): string {
  const rows = describedSettings.map(([name, { description, default: standard, unset, expected }]) => {
    const whenUnset = standard === undefined ? unset ?? '' : `\`${standard}\``
    return `| \`${name}\` | ${cell(description)} | ${cell(expected)} | ${cell(whenUnset)} |\n`
  })
  return `| setting | meaning | value | when not set |\n|---|---|---|---|\n${rows.join('')}`
}

const cell = (text: string) => text.replaceAll('|', '\\|')
const plain = (text: string) => text.replaceAll('`', '')

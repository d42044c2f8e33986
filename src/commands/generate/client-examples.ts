/** docs/clients.md shows the very files that the tests compile and run. */
import { readFileSync } from 'node:fs'
import { projectPath } from '../../project-root.js'

/** docs/clients.md with the examples between their marker lines renewed; everything else stays as it is. */
export function clientsWithExamples (present: string): string {
  return present.replace(/(<!-- (clients\/[\w-]+\.ts): [^\n]*-->\n)[\s\S]*?(<!-- end of \2 -->\n)/g, (_all, start: string, file: string, end: string) =>
    `${start}\n\`\`\`ts\n${readFileSync(projectPath(`docs/${file}`), 'utf8')}\`\`\`\n\n${end}`)
}

/**
 * Writes the files that follow from the code: `npm run generate`. With `--check` writes nothing and ends with 1 if a file is not what
 * the code says.
 *
 * How to add a file: a line in `generatedFiles`; what it holds is made in a file of its own under `generate/`.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { projectPath } from '../project-root.js'
import { clientsWithExamples } from './generate/client-examples.js'
import type { GeneratedFile } from './generate/generated-file.js'
import { openapiFiles } from './generate/openapi.js'
import { publishedSchemaFiles } from './generate/schemas.js'
import { envExample, readmeWithSettings } from './generate/settings.js'

const generatedFiles: readonly GeneratedFile[] = [
  { path: 'README.md', content: readmeWithSettings },
  { path: '.env.example', content: envExample },
  ...publishedSchemaFiles,
  ...openapiFiles,
  { path: 'docs/clients.md', content: clientsWithExamples }
]

const checkOnly = process.argv.includes('--check')
let outdated = 0
for (const { path, content } of generatedFiles) {
  const file = projectPath(path)
  const present = await readIfPresent(file)
  const expected = await content(present)
  if (present === expected) continue
  outdated += 1
  if (checkOnly) {
    console.error(`${path} is not what the code says. Run "npm run generate", look at the difference, and commit it.`)
  } else {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, expected)
    console.log(`${path} written`)
  }
}
console.log(`${generatedFiles.length} files generated from code, ${outdated} ${checkOnly ? 'outdated' : 'changed'}`)
if (checkOnly && outdated > 0) process.exitCode = 1

/** The text of a file, empty if there is no such file. */
async function readIfPresent (file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

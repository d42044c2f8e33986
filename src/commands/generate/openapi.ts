/** `openapi/`: the API description, as `GET /openapi.json` and `GET /openapi-3.0.json` serve it. */
import { readFileSync } from 'node:fs'
import { asOpenapi30 } from '../../http/openapi-3-0.js'
import { openapiDocument } from '../../http/openapi-document.js'
import { projectPath } from '../../project-root.js'
import type { GeneratedFile } from './generated-file.js'

async function currentDocument (): Promise<Record<string, unknown>> {
  const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as { version: string }
  return JSON.parse(JSON.stringify(await openapiDocument(version))) as Record<string, unknown>
}

export const openapiFiles: readonly GeneratedFile[] = [
  {
    path: 'openapi/openapi.json',
    content: async () => `${JSON.stringify(await currentDocument(), null, 2)}\n`
  },
  {
    path: 'openapi/openapi-3.0.json',
    content: async () => `${JSON.stringify(asOpenapi30(await currentDocument()), null, 2)}\n`
  }
]

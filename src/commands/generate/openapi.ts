/** `openapi/openapi.json`: the API description, as `GET /openapi.json` serves it. */
import { readFileSync } from 'node:fs'
import { openapiDocument } from '../../http/openapi-document.js'
import { projectPath } from '../../project-root.js'
import type { GeneratedFile } from './generated-file.js'

export const openapiFile: GeneratedFile = {
  path: 'openapi/openapi.json',
  async content () {
    const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as { version: string }
    return `${JSON.stringify(await openapiDocument(version), null, 2)}\n`
  }
}

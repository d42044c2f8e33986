/** Where the files that ship beside the code are found (`schemas/`, `openapi/`, `seed/`), whatever the working directory. */
import { fileURLToPath } from 'node:url'

/** Absolute path of a file or folder of this package; the compiled code lies two levels below its root. */
export function projectPath (relative: string): string {
  return fileURLToPath(new URL(`../../${relative}`, import.meta.url))
}

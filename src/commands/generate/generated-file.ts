export interface GeneratedFile {
  /** From the project's folder. */
  path: string
  /** What the file should hold, given what it holds now (empty if it does not exist). */
  content: (present: string) => string | Promise<string>
}

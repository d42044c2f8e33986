/**
 * Documents whose commands are run. The convention, also in CONTRIBUTING.md: every block fenced as `sh` is run, all of a document in one
 * bash, in the order of the text; a `text` or `json` block that directly follows is what it prints. `…` in it stands for anything within
 * a line, and a line that is only `…` for any lines.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface Example {
  /** Line of the document at which the command begins, counted from 1. */
  line: number
  command: string
  /** What the document says that it prints; undefined where it says nothing. */
  expected: string | undefined
}

export function examplesOf (markdown: string): Example[] {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```\n?/gm)]
  return blocks.flatMap((block, index) => {
    const [whole, language, command = ''] = block
    if (language !== 'sh') return []
    const next = blocks[index + 1]
    const follows = next !== undefined && ['text', 'json'].includes(next[1] ?? '') && markdown.slice(block.index + whole.length, next.index).trim() === ''
    return [{ line: markdown.slice(0, block.index).split('\n').length + 1, command, expected: follows ? next[2] : undefined }]
  })
}

/**
 * Runs the commands in one bash, which stops at the first that fails, and gives what each printed, its errors included. When
 * there are fewer outputs than commands, the one behind the last has failed, or the last if it did not get to say so.
 */
export async function runExamples (examples: readonly Example[], { cwd, replace }: { cwd: string, replace: (text: string) => string }): Promise<string[]> {
  const marker = '=== end of example ==='
  const script = examples.map(({ command }) => `${replace(command)}\nprintf '\\n%s\\n' '${marker}'\n`).join('')
  const bash = spawn('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${script}`], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await Promise.all([text(bash.stdout), once(bash, 'exit')])
  const parts = output.split(`\n${marker}\n`)
  return parts.at(-1) === '' ? parts.slice(0, -1) : parts
}

/** Whether the output is as the document shows it; spaces at the ends of lines and of the whole do not count. */
export function isAsShown (output: string, expected: string): boolean {
  const lines = trimmed(expected).split('\n').map(line => line === '…' ? '[^]*' : line.split('…').map(escaped).join('.*'))
  return new RegExp(`^${lines.join('\n')}$`).test(trimmed(output))
}

function trimmed (text: string): string {
  return text.split('\n').map(line => line.trimEnd()).join('\n').trim()
}

function escaped (text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

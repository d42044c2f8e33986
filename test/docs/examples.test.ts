/** What the documents tell people to type works, and prints what they say. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { projectPath } from '../../src/project-root.js'
import { startServer, type ServerProcess } from '../acceptance/server-process.js'
import { examplesOf, isAsShown, runExamples } from './runnable-document.js'

const DOCUMENTED_ADDRESS = 'http://127.0.0.1:3000'

let folder: string
let server: ServerProcess
t.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esg-exchange-docs-'))
  server = await startServer(join(folder, 'data'))
})
t.teardown(async () => {
  await server.end('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

t.test('the convention', async t => {
  t.same(examplesOf('a\n```sh\necho 1\n```\n\n```text\n1\n```\n```sh\ntrue\n```\nsays\n```text\nno\n```\n'), [
    { line: 3, command: 'echo 1\n', expected: '1\n' },
    { line: 10, command: 'true\n', expected: undefined }
  ])
  t.ok(isAsShown('{"at":"12:00"} \n', '{"at":"…"}'))
  t.notOk(isAsShown('{"at":"12:00","and":1}', '{"at":"12:00"}'))
  t.ok(isAsShown('a\nb\nc\nd', 'a\n…\nd'))
  t.notOk(isAsShown('a\nb\nc', 'a\n…\nd'))
  t.notOk(isAsShown('axb', 'a.b'), 'only … stands for something else')
  const examples = examplesOf('```sh\nX=1\n```\n```sh\necho $X; echo wrong >&2\n```\n```sh\nfalse\n```\n```sh\necho never\n```\n')
  t.same(await runExamples(examples, { cwd: folder, replace: text => text }), ['', '1\nwrong\n'], 'one shell, which stops at a failure')
})

for (const document of ['README.md', ...(await readdir(projectPath('docs/guides'))).sort().map(name => `docs/guides/${name}`)]) {
  t.test(document, async t => {
    const examples = examplesOf(await readFile(projectPath(document), 'utf8'))
    t.ok(examples.some(({ expected }) => expected !== undefined), 'it has examples')
    const outputs = await runExamples(examples, { cwd: folder, replace: text => text.replaceAll(DOCUMENTED_ADDRESS, server.url) })
    for (const [index, { line, command, expected }] of examples.entries()) {
      const output = outputs[index]?.replaceAll(server.url, DOCUMENTED_ADDRESS)
      if (output === undefined) {
        t.fail(`line ${line}: not reached, because a command before it failed`)
        break
      }
      if (expected !== undefined) t.ok(isAsShown(output, expected), `line ${line}: ${command.split('\n')[0]}`, { output, expected })
    }
    t.equal(outputs.length, examples.length, 'every command succeeds', { lastOutput: outputs.at(-1) })
  })
}

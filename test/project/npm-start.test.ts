/** A signal that reaches npm, as from a script or a service manager, ends the exchange and not only npm. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { projectPath } from '../../src/project-root.js'

t.test('SIGTERM to npm start ends the server', async t => {
  const npm = spawn('npm', ['start', '--ignore-scripts'], { // what is compiled already is started
    cwd: projectPath('.'),
    env: { ...process.env, MONGODB_URI: '', DATA_DIR: t.testdir(), SEED: 'none', PORT: '0', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true
  })
  // What is left of its group only if the test fails.
  t.teardown(() => { try { process.kill(-(npm.pid ?? NaN), 'SIGKILL') } catch {} })
  const exited = once(npm, 'exit')
  let printed = ''
  let url: string | undefined
  for await (const chunk of npm.stdout.iterator({ destroyOnReturn: false })) {
    printed += String(chunk)
    url = /API +(http:\/\/[^/\s]+)\/v1/.exec(printed)?.[1]
    if (url !== undefined) break
  }
  t.ok(url, printed)
  t.equal((await fetch(`${url}/readyz`)).status, 200)

  npm.kill('SIGTERM')
  await exited
  let answers = true
  for (let waited = 0; answers && waited < 10_000; waited += 100) {
    answers = await fetch(`${url}/livez`).then(() => true, () => false)
    if (answers) await sleep(100)
  }
  t.notOk(answers, 'nothing listens any more')
})

import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { ISSUE_CATALOGUE } from '../../src/domain/issue-catalogue.js'
import { ERROR_PAGES } from '../../src/http/error-catalogue.js'
import { projectPath } from '../../src/project-root.js'

t.test('every issue code that the source raises has a page', async t => {
  const files = (await readdir(projectPath('src'), { recursive: true })).filter(file => file.endsWith('.ts'))
  let raised = 0
  for (const file of files) {
    const text = await readFile(projectPath(`src/${file}`), 'utf8')
    for (const [, code] of text.matchAll(/\bcode: '([A-Z][A-Z0-9]*_[A-Z0-9_]*)'/g)) {
      t.ok(ERROR_PAGES.has(code!), `${code} of ${file}`)
      raised++
    }
  }
  t.ok(raised > 60, 'the source was read')
})

t.test('each code occurs once and explains itself', async t => {
  t.equal(new Set(ISSUE_CATALOGUE.map(({ code }) => code)).size, ISSUE_CATALOGUE.length)
  for (const { code, title, cause, fix, source } of ISSUE_CATALOGUE) {
    t.match(code, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/)
    t.match(title, /^\S.*[^.]$/, `${code}: a title is no sentence`)
    t.match(cause, /^\S.*\.$/, `${code}: the cause is a sentence`)
    t.match(fix, /^\S.*\.$/, `${code}: the fix is a sentence`)
    t.match(source, /^\S.*\S$/, `${code} has a source`)
    t.notMatch(`${title} ${cause} ${fix} ${source}`, /compliant/i, `${code} claims no compliance`)
  }
})

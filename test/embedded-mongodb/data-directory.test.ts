import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { prepareDataDirectory, readHolder, writeHolder } from '../../src/embedded-mongodb/data-directory.js'

const scratch = await realpath(await mkdtemp(join(tmpdir(), 'esg-exchange-data-')))
t.teardown(async () => await rm(scratch, { recursive: true, force: true }))

t.test('a missing directory is made, marked, and accepted from then on', async t => {
  const directory = join(scratch, 'new', 'dätä base')
  t.equal(await prepareDataDirectory(directory), directory)
  t.same(await readdir(directory), ['esg-exchange-database.json'])
  await writeFile(join(directory, 'WiredTiger'), '')
  t.equal(await prepareDataDirectory(directory), directory)
})

t.test('the real path is answered, so that two names of a directory are one database', async t => {
  const directory = join(scratch, 'real')
  await mkdir(directory)
  await symlink(directory, join(scratch, 'alias'))
  t.equal(await prepareDataDirectory(join(scratch, 'alias')), directory)
})

t.test('a new volume counts as empty', async t => {
  const directory = join(scratch, 'volume')
  await mkdir(join(directory, 'lost+found'), { recursive: true })
  t.equal(await prepareDataDirectory(directory), directory)
})

t.test('a directory with something else in it is left alone', async t => {
  const directory = join(scratch, 'foreign')
  await mkdir(directory)
  await writeFile(join(directory, 'holiday.jpg'), '')
  await t.rejects(prepareDataDirectory(directory),
    { code: 'DATA_DIRECTORY_UNUSABLE', message: /foreign can't be used: it is not empty.*not a database of the exchange/ })
  t.same(await readdir(directory), ['holiday.jpg'])
})

t.test('a nearly full disk is refused with the figures', async t => {
  const directory = join(scratch, 'full')
  await t.rejects(prepareDataDirectory(directory, 1e18),
    { code: 'DATA_DIRECTORY_UNUSABLE', message: /its disk has \d+ MB free, and 1000000000000 MB are needed/ })
  t.same(await readdir(directory), [])
})

t.test('what is no directory, or can not be made, is refused with the reason', async t => {
  const file = join(scratch, 'file')
  await writeFile(file, '')
  await t.rejects(prepareDataDirectory(file), { code: 'DATA_DIRECTORY_UNUSABLE', message: /EEXIST/ })
  await t.rejects(prepareDataDirectory(join(file, 'below')), { code: 'DATA_DIRECTORY_UNUSABLE', message: /ENOTDIR/ })
})

t.test('a directory or a file that this user may not write is refused', { skip: process.getuid?.() === 0 ? 'root may write all' : false }, async t => {
  const locked = join(scratch, 'locked')
  await mkdir(locked, { mode: 0o500 })
  await t.rejects(prepareDataDirectory(locked), { code: 'DATA_DIRECTORY_UNUSABLE', message: /EACCES/ })
  const directory = join(scratch, 'partly locked')
  await prepareDataDirectory(directory)
  await writeFile(join(directory, 'WiredTiger.wt'), '', { mode: 0o400 })
  await t.rejects(prepareDataDirectory(directory), { code: 'DATA_DIRECTORY_UNUSABLE', message: /EACCES.*WiredTiger\.wt/ })
})

t.test('who holds a directory can be read', async t => {
  const directory = join(scratch, 'held')
  await mkdir(directory)
  t.equal(await readHolder(directory), undefined)
  await writeHolder(directory, { engine: 12, exchange: 11 })
  t.same(await readHolder(directory), { engine: 12, exchange: 11 })
})

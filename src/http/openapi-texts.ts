/** The prose of the API description, as people read it at `/docs`. */
import type { Scope } from '../domain/access.js'

export const API_INTRODUCTION = `
Product sustainability records, from the vendors that publish them to the distributors and resellers that need them: carbon
footprint, recycled content, packaging, refurbishment. Every figure names its source; what a vendor did not declare is absent,
never 0.

**Try it here.** Press *Authorize*, paste an API key (\`esgx_...\`; a demo exchange writes them to \`demo-credentials.json\` in its
data folder: the key is \`esgx_\`, the client id, \`_\`, the client secret), then open an operation and press *Try it out*. \`GET /v1/me\` is a
good first call.

**Send data** as a vendor: \`POST /v1/products/validate\` to be told what is wrong, \`POST /v1/products\` for one record,
\`POST /v1/products/batch\` for up to 1,000. Sending the same content again changes nothing, so a nightly full push is fine.

**Read data**: \`POST /v1/products/lookup\` by GTIN or part number, \`GET /v1/products/{productId}\` for one product.

**Mirror the catalogue**: \`GET /v1/changes/stream\` once for everything, then \`GET /v1/changes\` with the cursor that came last, for ever.

**Rules that hold everywhere**

- JSON in UTF-8, camelCase. The unit is part of the name of a number (\`totalKgCo2e\`). Times are RFC 3339 in UTC.
- Records are judged as they were sent: nothing is converted, defaulted or dropped; an unknown or misspelt field, or \`null\`, is refused.
  An unknown query parameter is refused too.
- Errors are problem details (RFC 9457, \`application/problem+json\`) with a stable \`code\` and, in \`errors\`, each finding with a JSON Pointer.
  Every code is explained at [/errors](/errors).
- Every answer has an \`X-Request-Id\`; send your own, or a W3C \`traceparent\`, to find a request in the log again.
- A product has a strong entity tag with its version, e.g. \`"v17"\`. Send it as \`If-None-Match\` to read only what changed, and as \`If-Match\` to
  change only what you have seen.
- Writes of records can be repeated safely: unchanged content makes no new version. With an \`Idempotency-Key\` on POST or PATCH a repeat within 24
  hours is not executed at all and gets the first answer; a POST that makes something else, such as a grant, needs it. Where the header cannot be
  heeded (clients, whose secrets are kept nowhere, and imports, which have \`clientImportId\`) it is refused.
- Lists have \`limit\` and \`cursor\`; follow \`nextCursor\` or the \`Link\` header.
- Each credential, and each organisation, has quotas per minute for reading and writing (\`limits\` of \`GET /v1/me\`). \`RateLimit\` tells what is left
  and in how many seconds the quota is whole again, \`RateLimit-Policy\` the quota. A request counts one unit, and every further entry of a
  look-up or batch one more; 304 is free. Beyond it the answer is 429 with \`Retry-After\`.
- Records come as they were submitted, or with \`schema\` in the version that you were built for, as far as they have a place there. Answers in a version
  that is on its way out say so in \`Deprecation\`, \`Sunset\` and a \`Link\` to its successor.
- Enumerations in answers may grow: treat an unknown value as such instead of failing.
`.trim()

export const TAGS = [
  { name: 'Products', description: 'Publish, find and read product records.' },
  { name: 'History', description: 'Every accepted version of a product, and what changed between two of them.' },
  { name: 'Feed', description: 'Everything that changed, in order and without gaps: what mirrors follow.' },
  { name: 'Imports', description: 'Files of any size in: NDJSON, CSV and XLSX, as jobs that survive a crash.' },
  { name: 'Access', description: 'For vendors: who sees their products.' },
  { name: 'Aliases', description: 'For distributors and resellers: products by SKUs of their own.' },
  { name: 'Audit', description: 'Who did what, when and from where.' },
  { name: 'Schemas', description: 'The JSON Schemas of records. Public.' },
  { name: 'Identity', description: 'Who you are, and access tokens.' },
  { name: 'Operation', description: 'For those who run the exchange. Public.' },
  { name: 'Documentation', description: 'This description, and pages about errors. Public.' }
]

export const SCOPE_DESCRIPTIONS: Record<Scope, string> = {
  'products:read': 'Read products',
  'products:write': 'Publish and withdraw products of your manufacturers',
  'changes:read': 'Follow the feed of changes',
  'schemas:read': 'Validate records without storing them',
  'schemas:write': 'Check a proposed schema against a released one and against stored records',
  'aliases:write': 'Map your own article numbers to products',
  'grants:manage': 'Decide who may see your products',
  'audit:read': 'Read the audit log',
  'org:admin': 'Manage organisations and clients'
}

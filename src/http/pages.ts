/** The few pages that the exchange shows to people. Self-contained: one document, no script, no request to anywhere else. */
import { negotiate } from '@fastify/accept-negotiator'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { NEWEST_SCHEMA_VERSION } from '../domain/schema-versions/registry.js'
import { RECORD_SCHEMA_NAME } from '../domain/schema-versions/schema-version.js'
import type { DescribedField } from '../formats/field-dictionary.js'
import type { ErrorPage } from './error-catalogue.js'

/** Text as HTML; what stands in backticks, and names of fields such as usePhase.lifetimeYears, become code. */
function html (text: string): string {
  const parts = escape(text).split(/`([^`]+)`/)
  return parts.map((part, index) => index % 2 === 1 ? `<code>${part}</code>` : part.replace(FIELD_NAME, '<code>$&</code>')).join('')
}

/** camelCase, also within a dotted path. */
const FIELD_NAME = /\b(?:[a-z]\w*\.)*(?!kWh\b)[a-z][a-z0-9]*[A-Z]\w*(?:\.[a-z]\w*)*/g

function escape (text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

const STYLE = `
  body { max-width: 52rem; margin: 3rem auto; padding: 0 1.25rem; font: 17px/1.6 system-ui, sans-serif; color: #1c2321; background: #fbfcfa }
  h1 { font-size: 1.7rem; line-height: 1.25 } h2 { font-size: 1.15rem; margin-top: 2rem }
  code, pre { font: 0.9em ui-monospace, monospace; background: #eef2ec; border-radius: 4px; padding: 0.1em 0.35em }
  pre { padding: 0.9em 1em; overflow-x: auto } a { color: #17603c } dt { margin-top: 0.8rem; font-weight: 600 } dd { margin: 0 }
  .kind { color: #5b6660 } table { border-collapse: collapse } td { padding: 0.25rem 1rem 0.25rem 0; vertical-align: top } td code { white-space: nowrap }`

function page (title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body>
${body}
</body>
</html>
`
}

/** The dictionary of fields. */
const FIELDS = `/v1/schemas/${RECORD_SCHEMA_NAME}/${NEWEST_SCHEMA_VERSION.version}/fields`

/** @param baseUrl where the exchange is, for the example */
export function landingPage (baseUrl: string): string {
  return page('Product ESG data exchange', `<h1>Product ESG data exchange</h1>
<p>Vendors publish product sustainability records here, distributors mirror them, resellers look them up per product.</p>
<dl>
<dt><a href="/docs">API documentation</a></dt><dd>Read about every operation and try it with your API key.</dd>
<dt><a href="/openapi.json">OpenAPI description</a></dt><dd>For client generators and tools.</dd>
<dt><a href="/v1/schemas">Schemas</a></dt><dd>The JSON Schemas of the records.</dd>
<dt><a href="${FIELDS}">Fields</a></dt><dd>What each field of a record means, with its unit and where the rule comes from.</dd>
<dt><a href="/errors">Errors</a></dt><dd>Every code that an answer can carry: what it means and what to do.</dd>
<dt>Guides</dt><dd>For vendors, distributors, resellers and integrators, with commands to try: the folder <code>docs/guides</code> of the exchange.</dd>
</dl>
<h2>A first call</h2>
<pre>curl -H "X-API-Key: esgx_&lt;clientId&gt;_&lt;secret&gt;" ${escape(baseUrl)}/v1/me</pre>`)
}

const KINDS = {
  problem: 'Problems: why a request failed',
  record: 'Findings in a record',
  request: 'Findings in a request'
} as const

const WHERE_TO_LOOK: Readonly<Record<ErrorPage['kind'], string>> = {
  problem: '',
  record: `
<h2>Where to look</h2>
<p><code>pointer</code> in the finding leads to the place in the record as it was sent; the results of an import also name the line, and of a table the column.
A finding with severity <code>error</code> means that the record was not stored, one with <code>warning</code> that it was.
<code>POST /v1/products/validate</code> judges a corrected record and stores nothing; the <a href="${FIELDS}">dictionary of fields</a> says what each field means.</p>`,
  request: `
<h2>Where to look</h2>
<p>The finding names a <code>parameter</code>, a <code>header</code>, or a <code>pointer</code> into the body; <a href="/docs">the documentation</a> describes each of them.</p>`
}

export function errorIndexPage (pages: Iterable<ErrorPage>): string {
  const all = [...pages]
  const sections = Object.entries(KINDS).map(([kind, heading]) => {
    const rows = all.filter(entry => entry.kind === kind)
      .map(({ code, title, status, severity }) =>
        `<tr><td><a href="/errors/${escape(code)}"><code>${escape(code)}</code></a></td><td>${escape(title)} <span class="kind">${status ?? severity ?? ''}</span></td></tr>`)
    return `<h2>${heading}</h2>\n<table>${rows.join('\n')}</table>`
  })
  return page('Errors', `<h1>Errors and findings</h1>\n<p>Every <code>code</code> that an answer of the exchange can carry. <a href="/docs">API documentation</a></p>\n${sections.join('\n')}`)
}

export function errorPage ({ code, kind, title, cause, fix, status, severity, source }: ErrorPage): string {
  const facts = kind === 'problem' ? `HTTP status ${status}` : kind === 'record' ? `Finding in a record, ${severity}` : 'Finding in a request'
  return page(`${code}: ${title}`, `<p><a href="/errors">Errors</a> <a href="/docs">API documentation</a></p>
<h1>${escape(title)}</h1>
<p><code>${escape(code)}</code> <span class="kind">${facts}</span></p>
<h2>Cause</h2>
<p>${html(cause)}</p>
<h2>What to do</h2>
<p>${html(fix)}</p>${WHERE_TO_LOOK[kind]}${source === undefined ? '' : `\n<h2>Where the rule comes from</h2>\n<p>${html(source)}</p>`}`)
}

export function fieldsPage (name: string, version: string, fields: readonly DescribedField[]): string {
  const rows = fields.map(({ path, title, description, unit, allowed, source, since, required }) => {
    const values = allowed === undefined ? '' : `<br><span class="kind">One of ${escape(allowed.join(', '))}.</span>`
    const from = source === undefined ? '' : `<br><span class="kind">Source: ${escape(source)}.</span>`
    return `<tr><td><code>${escape(path)}</code><br><span class="kind">since ${escape(since)}${required ? ', required in its group' : ''}</span></td>` +
      `<td>${escape(unit ?? '')}</td><td><strong>${escape(title)}</strong><br>${html(description)}${values}${from}</td></tr>`
  })
  return page(`Fields of ${name} ${version}`, `<h1>Fields of version ${escape(version)}</h1>
<p>The same <a href="/v1/schemas/${escape(name)}/${escape(version)}">as a JSON Schema</a>, as <a href="/v1/schemas/${escape(name)}/${escape(version)}/template?format=xlsx">a table to fill in</a>.</p>
<table>
${rows.join('\n')}
</table>`)
}

/** True when HTML is asked for by name, as browsers do; programs that take anything get JSON. */
function wantsHtml (request: FastifyRequest): boolean {
  return negotiate(request.headers.accept ?? '', ['application/json', 'text/html']) === 'text/html'
}

/** One resource in two forms: HTML for browsers, JSON for programs. */
export function sendHtmlOrJson (
  request: FastifyRequest, reply: FastifyReply, forms: { html: () => string, json: () => unknown, cacheControl?: string }
): FastifyReply {
  reply.header('vary', 'Accept').header('cache-control', forms.cacheControl ?? 'public, max-age=300')
  return wantsHtml(request)
    ? reply.header('content-type', 'text/html; charset=utf-8').send(forms.html())
    : reply.send(forms.json())
}

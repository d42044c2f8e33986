/** The records that the API description shows: of an invented vendor, and valid in every respect. */
import type { SchemaVersion } from '../domain/schema-versions/schema-version.js'

/** As it is in every version of the first major. */
export const EXAMPLE_RECORD = {
  schemaVersion: '1.1.0',
  product: {
    manufacturerName: 'Nordwind Systems',
    manufacturerPartNumber: 'NW-14-G3/16#EU',
    gtins: ['9521234543213'],
    modelName: 'Aurora 14 G3',
    category: 'laptop',
    granularity: 'sku',
    massKg: 1.36
  },
  validFrom: '2026-01-01',
  carbonFootprint: {
    provenance: {
      sourceDocumentUri: 'https://nordwind.example/pcf/aurora-14-g3.pdf',
      documentDate: '2025-11',
      assuranceLevel: 'internallyReviewed',
      dataQuality: { basis: 'calculated' }
    },
    totalKgCo2e: 242,
    systemBoundary: 'cradleToGrave',
    methodology: 'paia',
    stages: { manufacturingKgCo2e: 178, transportKgCo2e: 12, useKgCo2e: 50, endOfLifeKgCo2e: 2 },
    usePhase: { lifetimeYears: 5, energyUseKwhPerYear: 24, useLocation: 'EU' }
  },
  packaging: {
    provenance: {
      documentDate: '2025-11',
      assuranceLevel: 'selfDeclared',
      dataQuality: { basis: 'measured' }
    },
    totalMassG: 640,
    plasticMassG: 0,
    plasticFree: true
  }
}

/** The same product in the second major, with footprints for two places of use. */
const EXAMPLE_RECORD_2 = {
  schemaVersion: '2.0.0',
  product: {
    manufacturer: { name: 'Nordwind Systems', gln: '9521000000018' },
    manufacturerPartNumber: 'NW-14-G3/16#EU',
    gtins: ['9521234543213'],
    modelName: 'Aurora 14 G3',
    classifications: [{ scheme: 'unspsc', code: '43211503' }, { scheme: 'hs', code: '847130' }],
    granularity: 'sku',
    massKg: 1.36
  },
  validFrom: '2026-01-01',
  evidence: [
    {
      id: 'pcf',
      sourceDocumentUri: 'https://nordwind.example/pcf/aurora-14-g3.pdf',
      documentDate: '2025-11',
      assuranceLevel: 'internallyReviewed',
      dataQuality: { basis: 'calculated' }
    },
    {
      id: 'bill-of-materials',
      documentDate: '2025-11',
      assuranceLevel: 'selfDeclared',
      dataQuality: { basis: 'measured' }
    }
  ],
  carbonFootprints: [
    {
      evidenceIds: ['pcf'],
      boundary: 'cradleToGrave',
      useLocation: 'EU',
      totalKgCo2e: 242,
      cradleToGateKgCo2e: 178,
      methodology: 'paia',
      stages: { transportKgCo2e: 12, useKgCo2e: 50, endOfLifeKgCo2e: 2 },
      usePhase: { lifetimeYears: 5, energyUseKwhPerYear: 24 }
    },
    {
      evidenceIds: ['pcf'],
      boundary: 'cradleToGrave',
      useLocation: 'US',
      totalKgCo2e: 253,
      cradleToGateKgCo2e: 178,
      methodology: 'paia',
      stages: { transportKgCo2e: 15, useKgCo2e: 58, endOfLifeKgCo2e: 2 },
      usePhase: { lifetimeYears: 5, energyUseKwhPerYear: 24 }
    }
  ],
  recycledContent: {
    evidenceIds: ['bill-of-materials'],
    calculationStandard: 'iso14021',
    materials: [{ material: 'plastic', basis: 'materialMassInProduct', baseMassG: 412, recycledMassG: 144.2, postConsumerMassG: 123.6, preConsumerMassG: 20.6 }]
  },
  packaging: {
    evidenceIds: ['bill-of-materials'],
    totalMassG: 640,
    plasticMassG: 0,
    plasticFree: true
  }
}

/** A record of the schema version. */
export function exampleRecord ({ version }: Pick<SchemaVersion, 'version'>): object {
  return { ...(version.startsWith('1.') ? EXAMPLE_RECORD : EXAMPLE_RECORD_2), schemaVersion: version }
}

/** Records for load: one realistic product of about 3 KB under any number of part numbers. */

/** Numbered by `key`; another `revision` of the same key is another version of the same product. */
export function benchRecord (key: number, revision = 1): Record<string, unknown> {
  const provenance = {
    assuranceLevel: 'thirdPartyVerified',
    collectionMethod: 'vendorSystem',
    dataQuality: { basis: 'calculated', primaryDataSharePercent: 42, technologicalDqr: 1.5, geographicalDqr: 2, temporalDqr: 1.2 },
    documentDate: '2026-03',
    sourceDocumentTitle: 'Product environmental report (fictional)',
    sourceDocumentUri: `https://bench.example/reports/${key}.pdf`,
    verification: {
      verifierName: 'Verification House (fictional)',
      standard: 'ISO 14067',
      certificateId: `VH-${key}`,
      evidenceUri: `https://verifier.example/statements/${key}`,
      verifiedOn: '2026-04-01'
    }
  }
  return {
    schemaVersion: '1.0.0',
    validFrom: '2026-03-01',
    product: {
      manufacturerName: 'Bench Devices',
      manufacturerPartNumber: `BENCH-${key}`,
      gtins: [benchGtin(key)],
      modelName: `Bench notebook ${key} revision ${revision}`,
      category: 'laptop',
      granularity: 'sku',
      massKg: 1.42,
      configuration: { screenSizeInches: 14, memoryGb: 32, storageDescription: '1 TB SSD', cpuCount: 1, formFactor: 'clamshell' },
      classifications: [{ scheme: 'unspsc', code: '43211503' }, { scheme: 'hs', code: '847130' }]
    },
    carbonFootprint: {
      provenance,
      totalKgCo2e: 290 + revision % 7,
      declaredUnit: 'piece',
      systemBoundary: 'cradleToGrave',
      methodology: 'paia',
      uncertainty: { type: 'percentile5To95', p5KgCo2e: 200, p95KgCo2e: 410 },
      usePhase: { lifetimeYears: 4, energyUseKwhPerYear: 25.5, useLocation: 'EU' },
      assemblyLocation: 'CN'
    },
    recycledContent: {
      provenance,
      calculationStandard: 'iso14021',
      productRecycledPercent: 18.5,
      materials: [
        { material: 'plastic', component: 'palm rest', basis: 'componentMass', postConsumerPercent: 50, preConsumerPercent: 5, totalRecycledPercent: 55 },
        { material: 'aluminium', component: 'top cover', basis: 'componentMass', totalRecycledPercent: 75 },
        { material: 'cobalt', component: 'battery', basis: 'componentMass', totalRecycledPercent: 10 }
      ]
    },
    packaging: {
      provenance,
      totalMassG: 480,
      plasticMassG: 12,
      recyclablePercent: 96,
      recycledContentPercent: 80,
      components: [
        { level: 'primary', type: 'box', material: 'corrugatedBoard', materialCode: 'PAP 20', massG: 380, recycledPercent: 85, recyclable: true, fibreCertification: 'fscMix' },
        { level: 'primary', type: 'cushion', material: 'mouldedPulp', materialCode: 'PAP 22', massG: 88, recycledPercent: 100, recyclable: true, fibreCertification: 'fscRecycled' },
        { level: 'primary', type: 'bag', material: 'ldpePlastic', materialCode: 'LDPE 4', massG: 12, recyclable: true }
      ]
    }
  }
}

/** The same as a record of 1.1.0 that has a place in every version, with something of 1.1.0 that is lost in 1.0.0. */
export function versionedRecord (key: number): Record<string, unknown> {
  const { product, carbonFootprint, recycledContent, packaging, ...rest } = benchRecord(key) as Record<string, { provenance: object, materials: object[] }>
  return {
    ...rest,
    schemaVersion: '1.1.0',
    product: { ...product, manufacturerGln: '4012345000009' },
    carbonFootprint: { ...carbonFootprint, stages: { manufacturingKgCo2e: 210, transportKgCo2e: 12, useKgCo2e: 60 } },
    recycledContent: { ...recycledContent, materials: recycledContent?.materials.map(material => ({ ...material, basisMassG: 180 })) },
    packaging: { ...packaging, recyclabilityAssessmentStandard: 'German minimum standard 2025' },
    energy: { provenance: packaging?.provenance, tecKwhPerYear: 25.5, tecMethod: 'energyStarComputers' }
  }
}

/** A GTIN-13 under the prefix 952, which GS1 keeps for demonstrations, with its check digit. */
export function benchGtin (key: number): string {
  const body = String(952_000_000_000 + key)
  const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0)
  return `${body}${(10 - sum % 10) % 10}`
}

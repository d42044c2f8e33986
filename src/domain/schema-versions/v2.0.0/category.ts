/** The kind of a product as its classification tells it. Only codes that name one kind are listed: nothing is guessed from the others. */
interface Classified {
  readonly category?: string
  readonly classifications: readonly { readonly scheme: string, readonly code: string }[]
}

/** Beginnings of codes, the kind that they name, and further kinds that are sold under them. */
const KINDS: readonly { readonly scheme: string, readonly prefix: string, readonly category: string, readonly also?: readonly string[] }[] = [
  { scheme: 'unspsc', prefix: '43191501', category: 'smartphone' },
  { scheme: 'unspsc', prefix: '43201803', category: 'storageDrive' },
  { scheme: 'unspsc', prefix: '43211501', category: 'server', also: ['convergedSystem'] },
  { scheme: 'unspsc', prefix: '43211502', category: 'server', also: ['convergedSystem'] },
  { scheme: 'unspsc', prefix: '43211503', category: 'laptop', also: ['workstation'] },
  { scheme: 'unspsc', prefix: '43211506', category: 'thinClient' },
  { scheme: 'unspsc', prefix: '43211507', category: 'desktop', also: ['allInOne', 'workstation'] },
  { scheme: 'unspsc', prefix: '43211509', category: 'tablet' },
  { scheme: 'unspsc', prefix: '43211602', category: 'dockingStation' },
  { scheme: 'unspsc', prefix: '432119', category: 'monitor' },
  { scheme: 'unspsc', prefix: '432121', category: 'printer' },
  { scheme: 'unspsc', prefix: '432226', category: 'networkEquipment' },
  { scheme: 'hs', prefix: '844331', category: 'printer' },
  { scheme: 'hs', prefix: '844332', category: 'printer' },
  { scheme: 'hs', prefix: '851713', category: 'smartphone' },
  { scheme: 'hs', prefix: '852852', category: 'monitor' },
  { scheme: 'hs', prefix: '950450', category: 'gamingConsole' }
]

export const CLASSIFICATION_SOURCE = 'UNSPSC; WCO Harmonized System'

/** The kind that a code names; undefined where the code stands for several. */
function kindOfCode ({ scheme, code }: Classified['classifications'][number]) {
  return KINDS.find(kind => kind.scheme === scheme && code.startsWith(kind.prefix))
}

/** The category: as given, or as the first classification that names one tells; undefined when neither does. */
export function categoryOf ({ category, classifications }: Classified): string | undefined {
  return category ?? derivedCategory(classifications)
}

export function derivedCategory (classifications: Classified['classifications']): string | undefined {
  for (const classification of classifications) {
    const kind = kindOfCode(classification)
    if (kind !== undefined) return kind.category
  }
  return undefined
}

/** The position of the first classification that names another kind than the category. */
export function contradictingClassification (category: string, classifications: Classified['classifications']): number {
  return classifications.findIndex(classification => {
    const kind = kindOfCode(classification)
    return kind !== undefined && kind.category !== category && kind.also?.includes(category) !== true
  })
}

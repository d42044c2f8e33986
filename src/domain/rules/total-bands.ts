/**
 * Totals in kg CO2e that a category normally has: wide bands around what 1,226 published footprints show (Boavizta, snapshot
 * of 2023-02-23). A total outside of its band is a warning, never an error.
 *
 * - At least 100 footprints: from 0.8 times the least to 1.6 times the greatest.
 * - 15 to 99 footprints: from a quarter of the least to four times the greatest, for fewer figures show less of the range.
 * - Fewer (printers and drives, 11 each from a single maker; all other categories): no band.
 *
 * Figures are rounded to two digits.
 */
export const TOTAL_BANDS: Readonly<Record<string, { readonly least: number, readonly most: number }>> = {
  laptop: { least: 50, most: 1500 },        // 452 footprints, 62 to 937
  monitor: { least: 140, most: 5700 },      // 296 footprints, 175 to 3,570
  desktop: { least: 63, most: 4400 },       // 259 footprints, 79 to 2,765
  server: { least: 600, most: 100_000 },    // 55 footprints, 2,410 to 25,144.2
  smartphone: { least: 5.1, most: 470 },    // 50 footprints, 20.5 to 117
  iotDevice: { least: 3.8, most: 640 },     // 30 footprints, 15 to 160
  tablet: { least: 12, most: 720 },         // 22 footprints, 48.2 to 181
  thinClient: { least: 18, most: 790 }      // 16 footprints, 70 to 197
}

// Numbers and times for people; units stand beside them.

export const fixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? '–' : value.toFixed(digits);

/** "03:14:15.926", of an ISO 8601 time in UTC. */
export const clockOf = (utc: string): string => utc.slice(11, 23).replace('Z', '');

export const dateOf = (utc: string): string => utc.slice(0, 10);

/** Widths from 0.064 to 512 ms with three digits. */
export const width = (ms: number): string =>
  ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);

/** "1 234 567". */
export const grouped = (count: number): string =>
  Math.round(count).toLocaleString('en-GB').replaceAll(',', '\u202f');

export function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** A part of a whole; small ones are not rounded to nothing. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const value = (100 * part) / whole;
  if (value === 0) return '0 %';
  if (value < 0.01) return '< 0.01 %';
  return `${value.toFixed(value < 1 ? 2 : value > 99.9 && value < 100 ? 2 : 1)} %`;
}

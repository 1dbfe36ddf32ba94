// How far a result is revealed: nothing, the bars, the line, the outcome in words.
export const STEP = { hidden: 0, bars: 1, line: 2, outcome: 3 } as const

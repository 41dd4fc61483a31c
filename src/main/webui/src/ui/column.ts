import type { ComponentChildren } from "preact";

/** A column of a list. */
export interface Column<T> {
  head: string;
  cell: (item: T) => ComponentChildren;
  /** num: right, in the font for numbers; mono; wide, and before it wider: left out where there is little room; grow: takes what is left. */
  kind?: string;
  /** What it is sorted by; without it, it is not. */
  by?: (item: T) => string | number;
  /** Shown only where the reader asks for it. */
  off?: boolean;
}

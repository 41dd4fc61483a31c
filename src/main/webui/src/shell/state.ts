import { signal } from "@preact/signals";

export const railOpen = signal(false);
export const paletteOpen = signal(false);
export const helpOpen = signal(false);

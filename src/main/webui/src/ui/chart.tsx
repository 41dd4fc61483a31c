/** Lines over time. The text below says the same for those who cannot see them. Loaded only where there are charts. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { bytes, clock } from "../lib/format";
import { alone, gaps, newestOf } from "../lib/series";
import { systemColours, theme, timeForm } from "../lib/settings";

export interface Series { name: string; points: (number | null)[] }
/** Something that happened, as a line through the chart. @param at seconds */
export interface Mark { at: number; tone: string; text: string }

const DASHES = [[], [], [6, 4], [2, 3], [8, 3, 2, 3], [1, 4]];
const COLOURS = ["s0", "s1", "s2", "s3", "s4", "s5"];
export const MOST_SERIES = 6;
const HEIGHT = 130;
/** A value that is older than so many points is not said to be of now. */
const NOW_POINTS = 4;
/** Round numbers of bytes. */
const POWERS = Array.from({ length: 60 }, (_, i) => 2 ** i);

const hour = (at: number) => clock(at, timeForm.value === "UTC" ? "UTC" : "local", at).slice(0, 5);

interface ChartProps { title: string; times: number[]; series: Series[]; unit: (value: number) => string; group: string; marks?: Mark[]; most?: number }

export function Chart({ title, times, series, unit, group, marks = [], most }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = series.slice(0, MOST_SERIES);
  const drawn = useRef(marks);
  drawn.current = marks;
  const key = shown.map((one) => one.name).join("\n") + theme.value + systemColours.value + timeForm.value + (most ?? "");
  useEffect(() => {
    const at = box.current!;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue("--" + name).trim();
    const axis = { stroke: colour("muted"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px " + colour("mono") };
    const made = new uPlot({
      width: at.clientWidth || 300, height: HEIGHT, legend: { show: false },
      // half of the last time on the axis stands beyond the last point
      padding: [10, 22, 0, 0],
      cursor: { sync: { key: group }, y: false, points: { size: 5 } },
      tzDate: timeForm.value === "UTC" ? (seconds: number) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC") : undefined,
      scales: { y: { range: (_, __, max) => [0, most ?? (max > 0 ? max * 1.1 : 1)] } },
      axes: [{ ...axis, size: 28, values: (_, all) => all.map((seconds) => hour(seconds * 1e3)) }, { ...axis, size: 72, space: 26, incrs: unit === bytes ? POWERS : undefined, values: (_, all) => all.map((value) => unit(value)) }],
      series: [{}, ...shown.map((one, i) => ({ label: one.name, stroke: colour(COLOURS[i]), width: 1.5, dash: DASHES[i], points: { show: true, size: 4, filter: (plot: uPlot, index: number) => alone(plot.data[index] as (number | null)[]) } }))],
      hooks: { draw: [(plot) => drawMarks(plot, drawn.current, colour)] },
    }, [times, ...shown.map((one) => one.points)] as uPlot.AlignedData, at);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: at.clientWidth, height: HEIGHT }));
    observer.observe(at);
    return () => { observer.disconnect(); made.destroy(); };
  }, [key]);
  useEffect(() => { plot.current?.setData([times, ...shown.map((one) => one.points)] as uPlot.AlignedData); }, [times, series, marks]);
  const last = shown.map((one) => `${one.name}: ${unit(one.points[newestOf(one.points)] ?? 0)} ${newestOf(one.points) < one.points.length - NOW_POINTS ? "when last measured" : "now"}, ${unit(Math.max(0, ...one.points.filter((value): value is number => value !== null)))} at most${gaps(one.points) > 0 ? `, not measured ${gaps(one.points)} times` : ""}`);
  return (
    <figure class="chart">
      <figcaption>{title}{series.length > MOST_SERIES ? `, the first ${MOST_SERIES} of ${series.length}` : ""}</figcaption>
      <div ref={box} aria-hidden="true" />
      <ul class="chart-says">{last.map((text, i) => <li key={text}><i class={"swatch " + COLOURS[i]} aria-hidden="true" />{text}</li>)}</ul>
    </figure>
  );
}

const DASH = [3, 3];

function drawMarks(plot: uPlot, marks: Mark[], colour: (name: string) => string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.setLineDash(DASH);
  ctx.lineWidth = 1.5;
  for (const mark of marks) {
    if (mark.at < (plot.scales.x.min ?? 0) || mark.at > (plot.scales.x.max ?? 0)) continue;
    const x = Math.round(plot.valToPos(mark.at, "x", true));
    ctx.strokeStyle = colour(mark.tone);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

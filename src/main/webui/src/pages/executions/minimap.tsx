import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { Step } from "../../api/types.gen";
import { statusOf } from "../../lib/graph";
import { BOX_HEIGHT, BOX_WIDTH, type Layout } from "../../lib/layers";
import { lookOf } from "../../lib/status";

interface MinimapProps { plan: Layout; steps: Step[]; frame: RefObject<HTMLDivElement | null>; scale: number }

const WIDE = 220;
const HIGH = 90;
const LEAST = 24;

/** The whole graph in small, with a frame around what is seen; pressing it goes there. The keyboard has the arrows. */
export function Minimap({ plan, steps, frame, scale }: MinimapProps) {
  const seen = useSignal({ x: 0, y: 0, width: 0, height: 0 });
  useEffect(() => {
    const at = frame.current!;
    const look = () => { seen.value = { x: at.scrollLeft / scale, y: at.scrollTop / scale, width: at.clientWidth / scale, height: at.clientHeight / scale }; };
    look();
    at.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(at);
    return () => {
      at.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [plan, scale]);
  const small = Math.min(WIDE / plan.width, HIGH / plan.height);
  // a long chain would be a line: it is drawn higher than it is
  const [wide, high] = [Math.max(LEAST, plan.width * small), Math.max(LEAST, plan.height * small)];
  const go = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    frame.current!.scrollTo({ left: ((event.clientX - box.left) / wide * plan.width - seen.value.width / 2) * scale, top: ((event.clientY - box.top) / high * plan.height - seen.value.height / 2) * scale });
  };
  const { x, y, width, height } = seen.value;
  if (width >= plan.width && height >= plan.height) return null;
  return (
    <svg class="minimap" aria-hidden="true" width={wide} height={high} viewBox={`0 0 ${plan.width} ${plan.height}`} preserveAspectRatio="none" onPointerDown={go} onPointerMove={go}>
      {plan.boxes.map((box) => <rect key={box.key} class={lookOf(statusOf(box, steps)).tone} x={box.x} y={box.y} width={BOX_WIDTH} height={BOX_HEIGHT} />)}
      <rect class="seen" x={Math.max(0, x)} y={Math.max(0, y)} width={Math.min(width, plan.width - x)} height={Math.min(height, plan.height - y)} />
    </svg>
  );
}

/** An answer that comes in pieces. Pure. */

export interface Answer { text: string; thoughts: string; firstMs?: number; wholeMs?: number; promptTokens?: number; completionTokens?: number; finish?: string }

/** A piece of the stream; an error in it ends the call. */
export function take(answer: Answer, piece: any, ms: number): void {
  if (piece.error) throw new Error(piece.error.message ?? "The stream broke off");
  const choice = piece.choices?.[0];
  const text = choice?.delta?.content ?? "";
  const thoughts = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning ?? "";
  if ((text || thoughts) && answer.firstMs === undefined) answer.firstMs = ms;
  answer.text += text;
  answer.thoughts += thoughts;
  if (choice?.finish_reason) answer.finish = choice.finish_reason;
  if (piece.usage) {
    answer.promptTokens = piece.usage.prompt_tokens;
    answer.completionTokens = piece.usage.completion_tokens;
  }
}

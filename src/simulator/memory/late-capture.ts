// A capture whose notifications come late, as the kernel's do: in order, one at a time, some time after what they tell of.
// Whoever reads a place then sees a state of which the notifications are still on their way.
import type { Clock } from '../../base/waiting/clock.ts';
import type { Capture, CapturedChange, CaptureRequest, CaptureSession } from '../../ports/capture.ts';

export class LateCapture implements Capture {
  readonly #capture: Capture;
  readonly #clock: Clock;
  readonly #lateMs: number;

  constructor(capture: Capture, clock: Clock, lateMs: number) {
    this.#capture = capture;
    this.#clock = clock;
    this.#lateMs = lateMs;
  }

  async start(request: CaptureRequest): Promise<CaptureSession> {
    const onTheWay: CapturedChange[] = [];
    const deliver = (): void => {
      const first = onTheWay.shift();
      if (first !== undefined) request.listener([first]);
    };
    const session = await this.#capture.start({
      ...request,
      listener: (batch) => {
        for (const change of batch) {
          onTheWay.push(change);
          this.#clock.after(this.#lateMs, deliver);
        }
      },
    });
    return {
      mode: session.mode,
      flush: async () => {
        await session.flush();
        while (onTheWay.length > 0) deliver();
      },
      ...(session.heldFiles && { heldFiles: session.heldFiles }),
      stop: () => session.stop(),
    };
  }
}

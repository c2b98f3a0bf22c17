// HTTP between Node's streams and the web's Request and Response: what both doors of the API (http-socket.ts,
// http-peers.ts) and both ways to one share.
//
// Limits: an answer longer than its limit is refused while it is read; the handler limits each request, and the bodies of all
// requests of a door together have a budget, from which the oldest unfinished one goes first. Nothing here has a time limit
// for an answer, because a verification may take hours; a dead line is found by TCP keep-alive.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ClientRequest, request as startRequest } from 'node:http';
import type { Socket } from 'node:net';
import { Failure } from '../../base/failure.ts';
import { ByteBudget, type HeldBytes } from '../../base/limits/byte-budget.ts';
import type { Caller } from '../../model/peer-role.ts';

export type HttpHandler = (request: Request, caller: Caller) => Promise<Response>;

/** Who sent a request; or, for somebody who may not, the response that refuses it. */
export type Judgement = Caller | Response;

/** For the bodies of all requests of a door that are being received or worked on: eight of the largest. */
export const requestsBytesMax = 32 * 1_048_576;

/** Largest answer that is read. */
const answerBytesMax = 64 * 1_048_576;

export function requestListener(
  handler: HttpHandler,
  judge: (request: IncomingMessage) => Promise<Judgement>,
  budget = new ByteBudget(requestsBytesMax),
): RequestListener {
  return (incoming, outgoing) => {
    answer(incoming, outgoing, handler, judge, budget).catch(() => {
      // The caller went away, or said something that is no request; there is nobody to tell.
      outgoing.destroy();
    });
  };
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handler: HttpHandler,
  judge: (request: IncomingMessage) => Promise<Judgement>,
  budget: ByteBudget,
): Promise<void> {
  const judged = await judge(incoming);
  const held = budget.open(() => incoming.destroy(new Error('too much was being sent at a time')));
  outgoing.once('close', held.close);
  const response = judged instanceof Response ? judged : await handler(webRequest(incoming, held), judged);
  const body = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, {
    'content-type': response.headers.get('content-type') ?? 'application/json',
    'content-length': body.length,
    // A body that was refused is not read to its end.
    ...(response.status >= 400 ? { connection: 'close' } : {}),
  });
  outgoing.end(body);
}

function webRequest(incoming: IncomingMessage, held: HeldBytes): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (typeof value === 'string') headers.set(name, value);
  }
  const method = incoming.method ?? 'GET';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(`http://server${incoming.url ?? '/'}`, {
    method,
    headers,
    ...(hasBody ? { body: ReadableStream.from(countedBody(incoming, held)), duplex: 'half' } : {}),
  });
}

/** The body as its reader asks for it: what nobody reads stays with the sender. */
async function* countedBody(incoming: IncomingMessage, held: HeldBytes): AsyncGenerator<Uint8Array> {
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    held.add(chunk.length);
    yield chunk;
  }
  held.keep();
}

/** Sends a JSON body by POST over a connection made for it, and resolves with the body of the answer, whatever its status. */
export function exchange(socket: Socket, path: string, body: string, subject: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const lost = (reason: string): void => {
      socket.destroy();
      reject(new Failure({ code: 'LINK-LOST', operation: 'call', subject, reason, retryable: true }));
    };
    const request: ClientRequest = startRequest({
      createConnection: () => socket,
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), host: 'server' },
    });
    request.on('error', (error) => lost(error.message));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > answerBytesMax) lost(`the answer is longer than ${answerBytesMax} bytes`);
        else chunks.push(chunk);
      });
      response.on('end', () => {
        socket.destroy();
        resolve(Buffer.concat(chunks).toString('utf8'));
      });
      response.on('aborted', () => lost('the connection was lost in the middle of the answer'));
      response.on('error', (error) => lost(error.message));
    });
    request.end(body);
  });
}

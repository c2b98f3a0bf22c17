// HTTP between Node's streams and the web's Request and Response: what both doors of the API (http-socket.ts,
// http-peers.ts) and both ways to one share.
//
// Limits: an answer longer than its limit is refused while it is read; the handler limits requests. Nothing here has a
// time limit for an answer, because a verification may take hours; a dead line is found by TCP keep-alive.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ClientRequest, request as startRequest } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Failure } from '../base/failure.ts';

/** None, monitor, full; as LOGIN counts them. */
export type Access = 0 | 1 | 2;

export type HttpHandler = (request: Request, access: Access) => Promise<Response>;

/** Largest answer that is read. */
const answerBytesMax = 64 * 1_048_576;

/** `judge` says what whoever sent a request may do, or undefined when it is nobody known. */
export function requestListener(
  handler: HttpHandler,
  judge: (request: IncomingMessage) => Promise<Access | undefined>,
): RequestListener {
  return (incoming, outgoing) => {
    answer(incoming, outgoing, handler, judge).catch(() => {
      // The caller went away, or said something that is no request; there is nobody to tell.
      outgoing.destroy();
    });
  };
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handler: HttpHandler,
  judge: (request: IncomingMessage) => Promise<Access | undefined>,
): Promise<void> {
  const access = await judge(incoming);
  const response = access === undefined ? notTrusted() : await handler(webRequest(incoming), access);
  const body = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, {
    'content-type': response.headers.get('content-type') ?? 'application/json',
    'content-length': body.length,
    // A body that was refused is not read to its end.
    ...(response.status >= 400 ? { connection: 'close' } : {}),
  });
  outgoing.end(body);
}

function webRequest(incoming: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (typeof value === 'string') headers.set(name, value);
  }
  const method = incoming.method ?? 'GET';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(`http://server${incoming.url ?? '/'}`, {
    method,
    headers,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' } : {}),
  });
}

function notTrusted(): Response {
  const failure = {
    code: 'PEER-NOT-TRUSTED',
    operation: 'answer',
    subject: 'this server',
    reason: 'it does not trust the certificate of the caller',
    hint: 'run understudy pair there, then here: understudy pair HOST:PORT --code CODE',
  };
  return Response.json({ failure }, { status: 403 });
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

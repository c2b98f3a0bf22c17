// One DNS message there and one back, over UDP or TCP (RFC 7766: two bytes of length before each message).
//
// What may go wrong: `DNS-TIMEOUT` and `DNS-UNREACHABLE`, both retryable. Over UDP a message is sent again a few times, and
// what is no answer to it is passed over: anybody can send such things.
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { isAnswerTo } from './message.ts';

export interface Exchange {
  readonly host: string;
  readonly port: number;
  readonly message: Buffer;
  readonly clock: Clock;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

const udpSends = 3;

export function exchangeOverUdp({ host, port, message, clock, timeoutMs }: Exchange): Promise<Buffer> {
  const subject = `${host}:${port}`;
  const id = message.readUInt16BE(0);
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    let settled = false;
    let sends = 0;
    let cancelTimer = (): void => undefined;
    const settle = (outcome: () => void): void => {
      if (settled) return;
      settled = true;
      cancelTimer();
      socket.close();
      outcome();
    };
    const fail = (error: Error): void => settle(() => reject(unreachable(subject, error)));
    const send = (): void => {
      if (sends === udpSends) {
        settle(() => reject(timedOut(subject, timeoutMs)));
        return;
      }
      sends += 1;
      socket.send(message, (error) => {
        if (error) fail(error);
      });
      cancelTimer = clock.after(timeoutMs / udpSends, send);
    };
    socket.on('error', fail);
    socket.on('message', (bytes) => {
      if (isAnswerTo(id, bytes)) settle(() => resolve(bytes));
    });
    // A connected socket takes datagrams from that server alone, and hears that nothing listens there.
    socket.on('connect', send);
    socket.connect(port, host);
  });
}

export function exchangeOverTcp({ host, port, message, clock, timeoutMs }: Exchange): Promise<Buffer> {
  const subject = `${host}:${port}`;
  const id = message.readUInt16BE(0);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const fail = (failure: Failure): void => {
      cancelTimer();
      socket.destroy();
      reject(failure);
    };
    const cancelTimer = clock.after(timeoutMs, () => fail(timedOut(subject, timeoutMs)));
    socket.on('error', (error) => fail(unreachable(subject, error)));
    socket.on('close', () =>
      fail(unreachable(subject, new Error('the server closed the connection without an answer'))),
    );
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 2) {
        const end = 2 + received.readUInt16BE(0);
        if (received.length < end) return;
        const answer = received.subarray(2, end);
        received = received.subarray(end);
        if (!isAnswerTo(id, answer)) continue;
        cancelTimer();
        resolve(answer);
        socket.destroy();
        return;
      }
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
  });
}

function timedOut(subject: string, timeoutMs: number): Failure {
  return new Failure({
    code: 'DNS-TIMEOUT',
    operation: 'ask a name server',
    subject,
    reason: `no answer within ${timeoutMs / 1000} s`,
    hint: 'check that the name server runs, and that its address and port are right',
    retryable: true,
  });
}

function unreachable(subject: string, error: Error): Failure {
  const refused = 'code' in error && error.code === 'ECONNREFUSED';
  return new Failure({
    code: 'DNS-UNREACHABLE',
    operation: 'ask a name server',
    subject,
    reason: refused ? 'nothing listens there' : error.message,
    hint: 'check that the name server runs, and that its address and port are right',
    retryable: true,
  });
}

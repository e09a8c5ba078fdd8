// What a fair observer of the world has seen, told apart from what the order says of itself: the invariants compare the two.

export type Facts = {
  /** A create may be sent: none has been yet, the last one surely had no effect, or an operator or the setting said so. */
  mayCreate: boolean;
  /** The setting has said so once. */
  recreated: boolean;
  /** Creates that have ended. */
  creates: number;
  /** SMS that reached seQura. */
  smsAtSequra: number;
  /** Commands with an idempotency key that the order has taken. `arrived`: an SMS that reached seQura. */
  keys: { key: string; command: 'send_sms' | 'cancel'; arrived: boolean }[];
  /** Of the SMS that is the oldest to be sent: tries that surely did not arrive, and lost answers. */
  smsNotSent: number;
  smsLost: number;
  /** The reminder was asked for. */
  reminded: boolean;
  /** Webhooks that were accepted, by event and id. */
  accepted: string[];
  /** A confirmation was accepted while the order's end was open. */
  confirmAccepted: boolean;
  /** The cancel that is wanted, as it was asked for. */
  cancel: {
    cause: 'request' | 'deadline';
    ofConfirmed: boolean;
    mayHaveArrived: boolean;
    settled: boolean;
    confirmHeard: boolean;
    cancelHeard: boolean;
  } | null;
  /** And the one that was wanted when the run was reset. */
  forgotten: Facts['cancel'];
  /** The order jumped, by a stop or a reset: only what holds for every order is judged from there on. */
  jumped: boolean;
  /** A backup was put back: what happened since it was made is known to seQura only. */
  restored: boolean;
  /** An operator has said how it ended. */
  operatorDecided: boolean;
  /** An operator had the order created once more. */
  operatorRetried: boolean;
  /** A cancel was asked for after the confirmation. */
  cancelOfConfirmed: boolean;
};

export function noFacts(): Facts {
  return {
    mayCreate: true,
    recreated: false,
    creates: 0,
    smsAtSequra: 0,
    keys: [],
    smsNotSent: 0,
    smsLost: 0,
    reminded: false,
    accepted: [],
    confirmAccepted: false,
    cancel: null,
    forgotten: null,
    jumped: false,
    restored: false,
    operatorDecided: false,
    operatorRetried: false,
    cancelOfConfirmed: false,
  };
}

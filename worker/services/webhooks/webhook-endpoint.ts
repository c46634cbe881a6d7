/** An endpoint's object, as the services ring it. It sends what is due, one round after the other, and sleeps until more is. */
export interface WebhookEndpointStub {
  ring(endpointId: string): Promise<void>
}

import { home } from './home.ts';
import type { Estate } from './shape.ts';

export const newest: Estate = {
	...home,
	name: 'new',
	summary: 'the newest Kafka',
	odd: ['Brokers and Connect workers are 4.4.0, the mirror 4.3.1: Maven Central has no newer connect-mirror.'],
	release: '4.4.0',
};

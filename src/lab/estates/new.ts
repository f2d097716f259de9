import { home } from './home.ts';
import type { Estate } from './shape.ts';

export const newest: Estate = {
	...home,
	name: 'new',
	summary: 'the newest Kafka',
	odd: ['The brokers are 4.4.0. The Connect workers stay at 4.3.1: Maven Central has no newer connect-mirror.'],
	release: '4.4.0',
};

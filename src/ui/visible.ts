export { visible, visibleLines } from '../domain/visible.ts';

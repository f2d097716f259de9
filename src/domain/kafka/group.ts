/** Whether a group has members, by the state its broker names: it sets offsets of no such group. */
export const isActive = ({ state }: { state: string }): boolean => state !== 'Empty' && state !== 'Dead';

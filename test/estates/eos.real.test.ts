import { tellStory } from '../support/estate-story.ts';

tellStory('eos', { positions: 29 });

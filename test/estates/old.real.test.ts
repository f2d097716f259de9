import { tellStory } from '../support/estate-story.ts';

tellStory('old', { positions: 27 });

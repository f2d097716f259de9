import { tellStory } from '../support/estate-story.ts';

tellStory('new', { positions: 29 });

"""Reading files that say to which operational district each health facility belongs, and since when."""

"""`watch`: how the whole box stands, as one look in text or as a screen that keeps looking; levels, never sound."""

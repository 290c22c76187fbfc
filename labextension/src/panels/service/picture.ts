import { greysOf } from '../../model/greys';

/** Read a picture's file as `side` × `side` grey values; it is fitted in whole. Raises an Error. */
export async function readPicture(file: Blob, side: number): Promise<number[]> {
  const picture = await createImageBitmap(file);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (!pen) {
    throw new Error('There is no canvas to draw on.');
  }
  const scale = side / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
  picture.close();
  return greysOf(pen.getImageData(0, 0, side, side).data, side);
}

/**
 * Shows in the pictures of a clip how far it has been played, plays from where someone clicks in them, and
 * lets one clip be heard at a time. Without it, the players work, too.
 */
export const FOLLOW_SCRIPT = `(() => {
  const players = [...document.querySelectorAll('audio')];
  for (const player of players) {
    const pictures = player.closest('.clip')?.querySelector('.sound');
    player.addEventListener('play', () => {
      for (const other of players) if (other !== player) other.pause();
    });
    if (!pictures) continue;
    const line = document.createElement('span');
    line.className = 'now';
    line.hidden = true;
    pictures.append(line);
    const move = () => {
      line.hidden = player.currentTime === 0;
      line.style.left = 100 * player.currentTime / player.duration + '%';
      if (!player.paused) requestAnimationFrame(move);
    };
    for (const event of ['play', 'seeked', 'ended']) player.addEventListener(event, move);
    pictures.addEventListener('click', ({ clientX }) => {
      const { left, width } = pictures.getBoundingClientRect();
      const seek = () => {
        player.currentTime = player.duration * (clientX - left) / width;
        player.play();
      };
      if (player.readyState > 0) return seek();
      player.addEventListener('loadedmetadata', seek, { once: true });
      player.load();
      player.play();
    });
  }
})();
`;
